namespace BackupFs.Cli.Mounting;

/// <summary>What became of the backups that were open when a mount was drained.</summary>
/// <param name="Completed">Those that are complete now, as <c>dir/name</c>.</param>
/// <param name="Left">Those that are not.</param>
internal sealed record DrainOutcome(IReadOnlyList<string> Completed, IReadOnlyList<UnendedBackup> Left)
{
    /// <summary>
    /// Reads the control attribute <see cref="FileSystem.ControlAttributes.Report"/>: <c>state TAB dir/name TAB reason</c>
    /// a line.
    /// </summary>
    public static DrainOutcome Parse(string? report)
    {
        var completed = new List<string>();
        var left = new List<UnendedBackup>();
        foreach (var line in (report ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = line.Split('\t', 3);
            if (fields.Length < 2)
            {
                continue;
            }

            if (fields[0] == "complete")
            {
                completed.Add(fields[1]);
            }
            else
            {
                left.Add(new UnendedBackup(fields[1], fields[0], fields.Length > 2 ? fields[2] : ""));
            }
        }

        return new DrainOutcome(completed, left);
    }

    /// <summary>One line a backup, for people.</summary>
    public IEnumerable<string> Lines() =>
        Completed.Select(backup => $"completed {backup}").Concat(Left.Select(backup => backup.ToString()));
}

/// <summary>A backup that is not complete.</summary>
/// <param name="Backup"><c>dir/name</c>.</param>
/// <param name="State">open, failed or incomplete.</param>
/// <param name="Reason">Why it could not be ended; may be empty.</param>
internal sealed record UnendedBackup(string Backup, string State, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => Reason.Length == 0 ? $"left incomplete {Backup}" : $"left incomplete {Backup}: {Reason}";
}
