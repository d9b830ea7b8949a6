global using BackupFs.Storage.Objects;
global using BackupFs.Storage.Objects.Contract;
global using Xunit;
