global using BackupFs.Testing;
