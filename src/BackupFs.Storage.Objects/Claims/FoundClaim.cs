namespace BackupFs.Storage.Objects;

/// <summary>A claim on a name, as found in the store.</summary>
/// <param name="Directory">The backup's directory.</param>
/// <param name="Name">Its name.</param>
/// <param name="Owner">Who; null when the object cannot be understood, or only contenders are there.</param>
/// <param name="Tag">The owner object's version; null when only contenders are there.</param>
/// <param name="IsLive">Whether the owner is at work, as far as can be known.</param>
/// <param name="IsHere">Whether the owner is a process of this host.</param>
internal sealed record FoundClaim(string Directory, string Name, OwnerRecord? Owner, string? Tag, bool IsLive, bool IsHere);
