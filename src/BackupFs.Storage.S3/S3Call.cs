using BackupFs.Storage.Objects;

namespace BackupFs.Storage.S3;

/// <summary>One try of a request, on its way through the SDK, which has no place for what the two ends say to each other.</summary>
internal sealed class S3Call(TransferDeadline deadline)
{
    private static readonly AsyncLocal<S3Call?> Flow = new();

    /// <summary>The try that the running code belongs to.</summary>
    internal static S3Call? Current
    {
        get => Flow.Value;
        set => Flow.Value = value;
    }

    /// <summary>Extended by everything that moves.</summary>
    internal TransferDeadline Deadline { get; } = deadline;

    /// <summary>Whether the answer is the content of an object, which is not to be kept on its way.</summary>
    internal bool ReadsContent { get; set; }

    /// <summary>Whether that is all of it.</summary>
    internal bool ReadsWhole { get; set; }

    /// <summary>The server's clock when it answered; null if it did not say.</summary>
    internal DateTimeOffset? ServerTime { get; set; }

    /// <summary>The region that the server says the bucket is in; null if it did not say.</summary>
    internal string? BucketRegion { get; set; }
}
