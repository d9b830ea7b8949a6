using BackupFs.FileSystem;

namespace BackupFs.Mount.Windows;

/// <summary>What a path leads to.</summary>
/// <param name="Entry">The entry; whoever gets it owns one reference.</param>
/// <param name="Path">The path in the spelling of what is stored, with a backslash before each name; "\" is the root.</param>
internal readonly record struct WalkedPath(FsEntry Entry, string Path);
