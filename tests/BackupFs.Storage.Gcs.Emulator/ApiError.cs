namespace BackupFs.Storage.Gcs.Emulator;

/// <summary>An answer in Google's form of errors.</summary>
internal sealed class ApiError(int status, string reason, string message) : Exception(message)
{
    internal int Status => status;

    internal string Reason => reason;
}
