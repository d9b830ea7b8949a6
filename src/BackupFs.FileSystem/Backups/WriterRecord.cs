namespace BackupFs.FileSystem;

/// <summary>A process that wrote into an open backup and has not been judged yet. Guarded by the <see cref="OpenBackup"/>.</summary>
internal sealed class WriterRecord(IObservedProcess process)
{
    /// <summary>A writer reading from a pipe that wrote more files than this is judged as a whole, not file by file.</summary>
    public const int MostFedFiles = 16;

    public IObservedProcess Process { get; } = process;

    /// <summary>Files it had opened itself and that were open when it died, with their generation at that moment.</summary>
    public List<(FileCondition File, int Generation)> OpenAtExit { get; } = [];

    /// <summary>Files it wrote, with their generation: what its feeders fed.</summary>
    public List<(FileCondition File, int Generation)> Written { get; } = [];

    /// <summary>It wrote more files than are remembered one by one.</summary>
    public bool WroteMany { get; set; }

    public bool IsJudged { get; set; }

    public HashSet<IObservedProcess> JudgedFeeders { get; } = [];

    public bool HasUnjudgedFeeders => Process.Feeders.Any(feeder => !JudgedFeeders.Contains(feeder));
}
