namespace BackupFs.Testing;

/// <summary>
/// The test proves a promise of docs/SEMANTICS.md: a list item that begins with <c>- **[id]**</c>. The architecture tests
/// fail when a promise has no test, and when a test names a promise that does not exist.
/// </summary>
/// <param name="id">The promise's name, for example <c>close-truth</c>.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
internal sealed class PromiseAttribute(string id) : Attribute
{
    /// <summary>The promise's name.</summary>
    public string Id { get; } = id;
}
