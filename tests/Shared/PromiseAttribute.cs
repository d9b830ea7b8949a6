namespace BackupFs.Testing;

/// <summary>The promise of docs/SEMANTICS.md that a test keeps: the id in <c>- **[id]** …</c>.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class PromiseAttribute(string id) : Attribute
{
    /// <summary>The promise's id.</summary>
    public string Id => id;
}
