global using Xunit;
global using static BackupFs.Storage.File.Tests.TreeExtensions;
