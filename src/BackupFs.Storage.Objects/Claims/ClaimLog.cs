using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.Objects;

internal static partial class ClaimLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Location} ignores conditions on puts (a versioned bucket?): names are made exclusive by an election instead")]
    internal static partial void ConditionsIgnored(ILogger logger, string location);
}
