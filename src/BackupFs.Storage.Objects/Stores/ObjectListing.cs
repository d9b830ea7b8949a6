namespace BackupFs.Storage.Objects;

/// <summary>Which keys to list.</summary>
/// <param name="Prefix">They begin with it; <c>""</c> for all.</param>
/// <param name="ByDirectory">Whether keys with a further <c>/</c> after the prefix are summed up as directories.</param>
/// <param name="Continuation">From the page before; null for the first page.</param>
/// <param name="Maximum">Entries at most, 1..1000.</param>
public sealed record ObjectListing(string Prefix, bool ByDirectory = false, string? Continuation = null, int Maximum = 1000);
