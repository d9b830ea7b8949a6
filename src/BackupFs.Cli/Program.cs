using BackupFs.Cli;

using var interrupts = new Interrupts();
return await CommandLineProgram.RunAsync(
    args,
    CommandContext.ForThisProcess(interrupts),
    ProcessName.Current(),
    interrupts.Stop).ConfigureAwait(false);
