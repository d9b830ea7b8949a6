namespace BackupFs.Cli.Configuration;

/// <summary>What a configuration file says.</summary>
/// <param name="Path">Where it is, absolute.</param>
/// <param name="Storages">The storages, by name.</param>
/// <param name="Default">The name of the one that is meant when none is named; null if the file does not say.</param>
internal sealed record StorageConfiguration(string Path, IReadOnlyDictionary<string, StorageSource> Storages, string? Default);
