namespace BackupFs.Storage.Objects;

/// <summary>What must hold for a put to be done.</summary>
/// <param name="IfTag">Only if the object there has this tag; null for no such condition.</param>
/// <param name="IfAbsent">Only if there is no object.</param>
/// <remarks>Some servers ignore conditions silently; <see cref="ObjectStorage"/> finds that out before it relies on one.</remarks>
public readonly record struct PutCondition(string? IfTag, bool IfAbsent)
{
    /// <summary>No condition.</summary>
    public static PutCondition None => default;

    /// <summary>Only if there is no object.</summary>
    public static PutCondition Absent => new(null, true);

    /// <summary>Only if the object there is still the one with this tag.</summary>
    public static PutCondition Matches(string tag) => new(tag, false);
}
