using System.Text;
using BackupFs.Cli;

if (OperatingSystem.IsWindows())
{
    // Names in any script; and lines as sha256sum and others take them, who get them through pipes.
    try
    {
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
    }
    catch (IOException)
    {
        // There is no console.
    }

    Console.Out.NewLine = "\n";
}

using var interrupts = new Interrupts();
return await CommandLineProgram.RunAsync(
    args,
    CommandContext.ForThisProcess(interrupts),
    ProcessName.Current(),
    interrupts.Stop).ConfigureAwait(false);
