global using BackupFs.FileSystem.Tests.Support;
global using BackupFs.Storage;
global using Xunit;
