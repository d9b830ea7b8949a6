namespace BackupFs.WinFsp;

/// <summary>An extended attribute.</summary>
/// <param name="Name">Its name: 1 to 254 bytes. Case is ignored.</param>
/// <param name="Value">Its value: up to 65,535 bytes. An empty one, when it is set, removes the attribute.</param>
/// <param name="Needed">Whether a program that does not know extended attributes must not open the file.</param>
public readonly record struct WinFspExtendedAttribute(string Name, ReadOnlyMemory<byte> Value, bool Needed = false);
