namespace BackupFs.Storage.File.Trees;

/// <summary>Which extended attributes belong to a backup.</summary>
internal static class KeptAttributes
{
    private static readonly string[] Names = ["security.capability", "system.posix_acl_access", "system.posix_acl_default"];
    private static readonly string[] Namespaces = ["user.", "trusted."];

    /// <summary>What programs set; not what the host adds by itself (SELinux labels).</summary>
    public static bool Contains(string name) =>
        Namespaces.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) || Names.Contains(name);
}
