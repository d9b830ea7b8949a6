namespace BackupFs.Cli;

/// <summary>What a verb may touch of the world outside: replaced by tests.</summary>
internal sealed record CommandContext
{
    /// <summary>Results go here.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Errors and what is said besides go here.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether a person reads <see cref="Output"/>: tables instead of tab-separated lines.</summary>
    public bool IsOutputTerminal { get; init; }

    /// <summary>Whether a person reads <see cref="Error"/>: progress bars.</summary>
    public bool IsErrorTerminal { get; init; }

    /// <summary>Whether the process may do everything (root).</summary>
    public required bool IsPrivileged { get; init; }

    /// <summary>Whether this is Windows, with its paths and its ways.</summary>
    public bool IsWindows { get; init; } = OperatingSystem.IsWindows();

    /// <summary>An environment variable, or null.</summary>
    public required Func<string, string?> GetEnvironment { get; init; }

    /// <summary>The configuration file of the machine, which need not exist.</summary>
    public string MachineConfiguration { get; init; } = Configuration.ConfigurationFile.OfMachine;

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The parts the program is made of.</summary>
    public required IComposition Composition { get; init; }

    /// <summary>Cancelled when the user does not want to wait any longer for what stopping takes.</summary>
    public CancellationToken Abandon { get; init; }

    /// <summary>The real world.</summary>
    public static CommandContext ForThisProcess(Interrupts interrupts) => new()
    {
        Output = Console.Out,
        Error = Console.Error,
        IsOutputTerminal = !Console.IsOutputRedirected,
        IsErrorTerminal = !Console.IsErrorRedirected,
        IsPrivileged = Environment.IsPrivilegedProcess,
        GetEnvironment = Environment.GetEnvironmentVariable,
        MachineConfiguration = OperatingSystem.IsWindows()
            ? WindowsPlaces.MachineConfiguration(Environment.GetEnvironmentVariable)
            : Configuration.ConfigurationFile.OfMachine,
        Time = TimeProvider.System,
        Composition = new Composition(),
        Abandon = interrupts.Abandon,
    };
}
