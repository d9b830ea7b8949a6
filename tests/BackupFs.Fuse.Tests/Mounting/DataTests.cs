using System.Security.Cryptography;

namespace BackupFs.Fuse.Tests.Mounting;

public sealed class DataTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(1 << 20)]
    [InlineData((3 << 20) + 12345)]
    public async Task Large_and_small_files_come_back_bit_for_bit(int size)
    {
        await using TestMount mount = await TestMount.CreateAsync();
        byte[] data = RandomNumberGenerator.GetBytes(size);
        await File.WriteAllBytesAsync(mount.At("f"), data);
        Assert.Equal(data, await File.ReadAllBytesAsync(mount.At("f")));
        string sum = Convert.ToHexStringLower(SHA256.HashData(data));
        Assert.StartsWith(sum, await mount.ShellAsync("sha256sum f"), StringComparison.Ordinal);
        const string copy = "dd if=f of=g bs=1M iflag=direct oflag=direct conv=sparse status=none; cmp f g && echo same";
        Assert.Equal("same\n", await mount.ShellAsync(copy));
    }

    [Fact]
    public async Task Requests_of_a_mebibyte_arrive_whole()
    {
        var files = new SizeRecordingFileSystem();
        await using TestMount mount = await TestMount.CreateAsync(files);
        await mount.ShellAsync("dd if=/dev/zero of=f bs=1M count=4 status=none");
        await mount.ShellAsync("dd if=f of=/dev/null bs=1M iflag=direct status=none");
        Assert.Equal(mount.Session.Connection.MaxWrite, files.LargestWrite);
        Assert.Equal(mount.Session.Connection.MaxWrite, files.LargestRead);
    }

    [Fact]
    public async Task A_mapped_file_is_read_and_written()
    {
        await using TestMount mount = await TestMount.CreateAsync();
        const string script = """
            import mmap
            with open('f', 'wb') as f: f.write(b'x' * 100000)
            with open('f', 'r+b') as f:
                m = mmap.mmap(f.fileno(), 0)
                assert m[99999:100000] == b'x'
                m[50000:50005] = b'hello'
                m.flush()
                m.close()
            assert open('f', 'rb').read()[49999:50006] == b'xhellox'
            """;
        await File.WriteAllTextAsync(mount.At("script.py"), script);
        await mount.ShellAsync("python3 script.py");
        Assert.Equal("hello", await mount.ShellAsync("dd if=f bs=1 skip=50000 count=5 status=none iflag=direct"));
    }

    [Fact]
    public async Task Holes_truncation_and_copies_inside_the_mount_work()
    {
        await using TestMount mount = await TestMount.CreateAsync();
        await mount.ShellAsync("printf abc > f && truncate -s 1M f && fallocate -l 2M g && cp --reflink=auto f h && cmp f h");
        Assert.Equal("1048576\n2097152\n1048576\n", await mount.ShellAsync("stat -c %s f g h"));
        const string script = "import os; a=os.open('f',0); b=os.open('k',65,0o600); "
            + "print(os.copy_file_range(a,b,1048576), os.lseek(a,1,os.SEEK_DATA), os.lseek(a,1,os.SEEK_HOLE))";
        Assert.Equal("1048576 1 1048576\n", await mount.ShellAsync($"python3 -c \"{script}\"; cmp f k"));
    }

    [Fact]
    public async Task A_file_without_a_name_gets_one_by_link()
    {
        await using TestMount mount = await TestMount.CreateAsync();
        const string script = "import os; f=os.open('.', os.O_TMPFILE|os.O_RDWR, 0o600); os.write(f, b'data'); "
            + "os.link('/proc/self/fd/%d' % f, 'named', src_dir_fd=os.open('.', 0), follow_symlinks=True)";
        await mount.ShellAsync($"python3 -c \"{script}\"");
        Assert.Equal("data", await File.ReadAllTextAsync(mount.At("named")));
    }

    [Fact]
    public async Task Every_close_of_a_written_file_is_seen()
    {
        await using TestMount mount = await TestMount.CreateAsync();
        await mount.ShellAsync("exec 3> f; echo x >&3; (echo y >&3); exec 3>&-");
        Assert.True(mount.Files.Flushes.Count >= 2, $"{mount.Files.Flushes.Count} flushes");
        Assert.True(SpinWait.SpinUntil(() => mount.Files.OpenCount == 0, TimeSpan.FromSeconds(30)));
    }

    private sealed class SizeRecordingFileSystem : Memory.MemoryFileSystem
    {
        private int _largestRead;
        private int _largestWrite;

        internal int LargestRead => Volatile.Read(ref _largestRead);

        internal int LargestWrite => Volatile.Read(ref _largestWrite);

        public override void Read(FuseRequest request, ulong node, ulong handle, long offset, int size)
        {
            InterlockedMax(ref _largestRead, size);
            base.Read(request, node, handle, offset, size);
        }

        public override void Write(FuseRequest request, ulong node, ulong handle, long offset, ReadOnlyMemory<byte> data, WriteFlags flags)
        {
            InterlockedMax(ref _largestWrite, data.Length);
            base.Write(request, node, handle, offset, data, flags);
        }

        private static void InterlockedMax(ref int target, int value)
        {
            for (int seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target))
            {
                Interlocked.CompareExchange(ref target, value, seen);
            }
        }
    }
}
