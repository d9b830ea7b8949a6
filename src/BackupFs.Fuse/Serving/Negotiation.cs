using BackupFs.Fuse.Protocol;

namespace BackupFs.Fuse.Serving;

/// <summary>Answers INIT: which version and which features are used.</summary>
internal static class Negotiation
{
    internal const uint Major = 7;
    internal const uint NewestMinor = 45;
    internal const uint OldestMinor = 31;
    internal const int PrefixLength = 16; // what kernels before 7.36 send

    /// <summary>The answer to a kernel of major version 7 and minor version 31 or later.</summary>
    internal static (InitOut Reply, FuseConnectionInfo Connection) Agree(
        in InitIn kernel,
        FuseMountOptions options,
        int pageSize,
        int kernelMaxPages,
        FuseNotifier notifier,
        FusePassthrough passthrough)
    {
        var offered = (FuseFeatures)kernel.Flags;
        if (offered.HasFlag(FuseFeatures.InitExtended))
        {
            offered |= (FuseFeatures)((ulong)kernel.Flags2 << 32);
        }

        FuseFeatures wanted = options.Features | FuseFeatures.InitExtended | FuseFeatures.MaxPages | FuseFeatures.BigWrites;
        FuseFeatures features = offered & wanted;
        int maxPages = features.HasFlag(FuseFeatures.MaxPages) ? Math.Min(RequestSlot.MaxData / pageSize, kernelMaxPages) : 32;
        int maxWrite = maxPages * pageSize;
        uint minor = Math.Min(kernel.Minor, NewestMinor);
        bool stacked = features.HasFlag(FuseFeatures.Passthrough);
        if (stacked)
        {
            passthrough.Enable();
        }

        var reply = new InitOut
        {
            Major = Major,
            Minor = minor,
            MaxReadahead = kernel.MaxReadahead, // can only be lowered here
            Flags = (uint)features,
            Flags2 = (uint)((ulong)features >> 32),
            MaxBackground = (ushort)options.MaxBackground,
            CongestionThreshold = (ushort)Math.Max(1, options.MaxBackground * 3 / 4),
            MaxWrite = (uint)maxWrite,
            TimeGranularity = 1,
            MaxPages = (ushort)maxPages,
            MaxStackDepth = stacked ? 1u : 0u,
        };
        var connection = new FuseConnectionInfo
        {
            Minor = minor,
            KernelMinor = kernel.Minor,
            Offered = offered,
            Features = features,
            MaxWrite = maxWrite,
            MaxPages = maxPages,
            MaxReadahead = kernel.MaxReadahead,
            Notifier = notifier,
            Passthrough = passthrough,
        };
        return (reply, connection);
    }
}
