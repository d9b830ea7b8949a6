namespace BackupFs.Mount.Tests.Mounting;

/// <summary>Who runs a mount and the tools that use it.</summary>
public enum TestUser
{
    /// <summary>Whoever runs the tests.</summary>
    Current,

    /// <summary>A user without privilege: if root runs the tests, <c>nobody</c>; else whoever runs them.</summary>
    Ordinary,
}
