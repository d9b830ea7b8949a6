using BackupFs.Fuse.Tests.Memory;
using Microsoft.Win32.SafeHandles;

namespace BackupFs.Fuse.Tests.Mounting;

public sealed class PassthroughTests
{
    private static readonly FuseMountOptions Options =
        new() { Features = FuseMountOptions.DefaultFeatures | FuseFeatures.Passthrough };

    [Fact]
    public async Task Reads_and_writes_go_to_the_backing_file_or_are_served_where_that_is_not_possible()
    {
        string path = Path.GetTempFileName();
        var files = new BackedFileSystem(path);
        bool passthrough;
        await using (TestMount mount = await TestMount.CreateAsync(files, Options))
        {
            await mount.ShellAsync("dd if=/dev/urandom of=f bs=64k count=32 status=none; cat f f > /dev/null; sha256sum f > sum");
            passthrough = mount.Session.Passthrough.Supported;
            Assert.Equal(mount.Session.Connection.Features.HasFlag(FuseFeatures.Passthrough) && Account.IsRoot, passthrough);
            if (passthrough)
            {
                Assert.Equal(0, files.BackedReads + files.BackedWrites);
                string sum = (await mount.ShellAsync("cut -d' ' -f1 sum")).Trim();
                Assert.StartsWith(sum, (await Shell.RunAsync($"sha256sum {path}", "/")).Output, StringComparison.Ordinal);
            }
            else
            {
                Assert.True(files.BackedWrites > 0);
            }
        }

        File.Delete(path);
    }

    [Fact]
    public async Task A_registration_without_the_right_turns_it_off_and_one_of_a_wrong_file_does_not()
    {
        await using TestMount mount = await TestMount.CreateAsync(options: Options);
        using SafeFileHandle device = File.OpenHandle("/dev/null");
        BackingFile? backing = mount.Session.Passthrough.Register(device, out Errno error);
        Assert.Null(backing);
        if (!mount.Session.Connection.Features.HasFlag(FuseFeatures.Passthrough))
        {
            Assert.Equal(Errno.EOPNOTSUPP, error);
            return;
        }

        Assert.Equal(Account.IsRoot ? Errno.EINVAL : Errno.EPERM, error);
        Assert.Equal(Account.IsRoot, mount.Session.Passthrough.Supported);
    }

    /// <summary>The file f is backed by a file elsewhere.</summary>
    private sealed class BackedFileSystem(string path) : MemoryFileSystem
    {
        private readonly Dictionary<ulong, BackingFile> _backings = [];

        internal int BackedReads { get; private set; }

        internal int BackedWrites { get; private set; }

        protected override void ReplyCreated(FuseRequest request, in FuseEntry entry, MemoryNode node)
        {
            if (node.Id == 2 && Backing(node.Id) is BackingFile backing)
            {
                request.ReplyCreated(in entry, node.Id, OpenReplyFlags.Passthrough, backing.Id);
            }
            else
            {
                base.ReplyCreated(request, in entry, node);
            }
        }

        public override void Open(FuseRequest request, ulong node, int flags, bool killPrivileges)
        {
            if (node == 2 && Backing(node) is BackingFile backing)
            {
                lock (Gate)
                {
                    Find(node)!.Opens++;
                }

                request.ReplyOpened(node, OpenReplyFlags.Passthrough, backing.Id);
            }
            else
            {
                base.Open(request, node, flags, killPrivileges);
            }
        }

        public override void Getattr(FuseRequest request, ulong node, ulong? handle)
        {
            lock (Gate)
            {
                if (_backings.ContainsKey(node))
                {
                    FuseAttributes attributes = Find(node)!.Attributes with { Size = (ulong)new FileInfo(path).Length };
                    request.ReplyAttributes(in attributes, TimeSpan.Zero);
                    return;
                }
            }

            base.Getattr(request, node, handle);
        }

        public override void Read(FuseRequest request, ulong node, ulong handle, long offset, int size)
        {
            BackedReads += node == 2 ? 1 : 0;
            base.Read(request, node, handle, offset, size);
        }

        public override void Write(FuseRequest request, ulong node, ulong handle, long offset, ReadOnlyMemory<byte> data, WriteFlags flags)
        {
            BackedWrites += node == 2 ? 1 : 0;
            base.Write(request, node, handle, offset, data, flags);
        }

        public override void Release(FuseRequest request, ulong node, ulong handle, int flags, ulong lockOwner)
        {
            lock (Gate)
            {
                if (Find(node)!.Opens == 1 && _backings.Remove(node, out BackingFile? backing))
                {
                    backing.Dispose();
                }
            }

            base.Release(request, node, handle, flags, lockOwner);
        }

        private BackingFile? Backing(ulong node)
        {
            lock (Gate)
            {
                if (_backings.TryGetValue(node, out BackingFile? backing))
                {
                    return backing;
                }

                using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
                backing = Connection!.Passthrough.Register(file, out _);
                if (backing is not null)
                {
                    _backings[node] = backing;
                }

                return backing;
            }
        }
    }
}
