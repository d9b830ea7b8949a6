namespace BackupFs.Storage;

/// <summary>What a manifest says of how the backup came about, besides its files.</summary>
/// <param name="Writers">Programs that did not end well although the backup was ended, with what became of them.</param>
/// <param name="Accepted">What an operator accepted in spite of a warning, in words.</param>
public sealed record BackupNotes(IReadOnlyList<WriterNote> Writers, IReadOnlyList<string> Accepted)
{
    /// <summary>Nothing to say.</summary>
    public static BackupNotes None { get; } = new([], []);
}

/// <summary>How a program that wrote into a backup ended.</summary>
/// <param name="Program">Its name, never its arguments: those may hold secrets.</param>
/// <param name="ProcessId">Its number at the time.</param>
/// <param name="Ending">For example <c>exit status 24</c> or <c>killed by signal 9</c>.</param>
public sealed record WriterNote(string Program, int ProcessId, string Ending);
