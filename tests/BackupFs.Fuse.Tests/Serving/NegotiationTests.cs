using BackupFs.Fuse.Protocol;
using BackupFs.Fuse.Serving;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace BackupFs.Fuse.Tests.Serving;

public sealed class NegotiationTests
{
    [Fact]
    public void Only_what_both_sides_have_is_used()
    {
        FuseFeatures offered = FuseFeatures.AsyncRead | FuseFeatures.MaxPages | FuseFeatures.WritebackCache | FuseFeatures.InitExtended;
        (InitOut reply, FuseConnectionInfo connection) = Agree(offered, new FuseMountOptions());
        Assert.Equal(FuseFeatures.AsyncRead | FuseFeatures.MaxPages | FuseFeatures.InitExtended, connection.Features);
        Assert.Equal((uint)connection.Features, reply.Flags);
        Assert.Equal(0u, reply.Flags2);
    }

    [Fact]
    public void Features_above_bit_31_travel_in_the_second_word()
    {
        var options = new FuseMountOptions { Features = FuseMountOptions.DefaultFeatures | FuseFeatures.Passthrough };
        (InitOut reply, FuseConnectionInfo connection) = Agree((FuseFeatures)ulong.MaxValue, options);
        Assert.Equal(options.Features, connection.Features);
        Assert.Equal((uint)((ulong)options.Features >> 32), reply.Flags2);
        Assert.Equal(1u, reply.MaxStackDepth);
    }

    [Fact]
    public void The_second_word_of_a_kernel_without_the_extension_is_ignored()
    {
        FuseFeatures offered = (FuseFeatures)ulong.MaxValue & ~FuseFeatures.InitExtended;
        (_, FuseConnectionInfo connection) = Agree(offered, new FuseMountOptions());
        Assert.False(connection.Features.HasFlag(FuseFeatures.HasExpireOnly));
    }

    [Theory]
    [InlineData(31u, 31u)]
    [InlineData(45u, 45u)]
    [InlineData(60u, 45u)]
    public void The_smaller_minor_version_is_used(uint kernel, uint used)
    {
        var input = new InitIn { Major = 7, Minor = kernel };
        (InitOut reply, _) = Agree(in input, new FuseMountOptions(), 4096, 256);
        Assert.Equal(used, reply.Minor);
    }

    [Theory]
    [InlineData(4096, 256, 256, 1 << 20)]
    [InlineData(4096, 64, 64, 1 << 18)]
    [InlineData(65536, 256, 16, 1 << 20)]
    public void A_request_has_1_MiB_or_what_the_kernel_allows(int pageSize, int limit, int pages, int maxWrite)
    {
        var input = new InitIn { Major = 7, Minor = 45, Flags = (uint)FuseFeatures.MaxPages };
        (InitOut reply, FuseConnectionInfo connection) = Agree(in input, new FuseMountOptions(), pageSize, limit);
        Assert.Equal(pages, reply.MaxPages);
        Assert.Equal((uint)maxWrite, reply.MaxWrite);
        Assert.Equal(maxWrite, connection.MaxWrite);
    }

    private static (InitOut Reply, FuseConnectionInfo Connection) Agree(FuseFeatures offered, FuseMountOptions options)
    {
        var input = new InitIn { Major = 7, Minor = 45, Flags = (uint)offered, Flags2 = (uint)((ulong)offered >> 32) };
        return Agree(in input, options, 4096, 256);
    }

    private static (InitOut Reply, FuseConnectionInfo Connection) Agree(
        in InitIn input, FuseMountOptions options, int pageSize, int limit)
    {
        var notifier = new FuseNotifier(new FakeChannel(), NullLogger.Instance);
        var passthrough = new FusePassthrough(new SafeFileHandle(), NullLogger.Instance);
        (InitOut reply, FuseConnectionInfo connection) =
            Negotiation.Agree(in input, options, pageSize, limit, notifier, passthrough);
        Assert.Equal(connection.Features.HasFlag(FuseFeatures.Passthrough), passthrough.Supported);
        return (reply, connection);
    }
}
