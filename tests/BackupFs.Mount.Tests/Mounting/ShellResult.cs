namespace BackupFs.Mount.Tests.Mounting;

/// <summary>What a script did.</summary>
/// <param name="ExitCode">Its exit status; 124 or 137 if it hung and was stopped.</param>
/// <param name="Output">Standard output, without the last newline.</param>
/// <param name="Error">Standard error, without the last newline.</param>
/// <param name="Context">What else helps to understand a failure.</param>
public sealed record ShellResult(int ExitCode, string Output, string Error, string Context)
{
    /// <summary>The output, after a check that the script succeeded.</summary>
    public string Succeeded()
    {
        if (ExitCode != 0)
        {
            Assert.Fail($"exit status {ExitCode}{(ExitCode is 124 or 137 ? " (it hung?)" : "")}\n{Tail(Output, 4000)}\n--- standard error\n{Tail(Error, 4000)}\n{Context}");
        }

        return Output;
    }

    private static string Tail(string text, int length) => text.Length <= length ? text : "…" + text[^length..];
}
