using Xunit;

namespace BackupFs.Storage.Directory.Tests;

public sealed class LocationTests
{
    [Theory]
    [InlineData("directory:///srv/backups", "/srv/backups")]
    [InlineData("directory:///srv/with%20space", "/srv/with space")]
    public void A_location_names_a_directory(string location, string root) =>
        Assert.Equal(root, DirectoryStoreOptions.Of(StorageUrl.Parse(location), isWindows: false).Root);

    [Theory]
    [InlineData(@"C:\backups", @"C:\backups")]
    [InlineData("C:/backups/db", @"C:\backups\db")]
    [InlineData("file:///C:/backups", @"C:\backups")]
    [InlineData("file:///C:/with%20space", @"C:\with space")]
    [InlineData("directory:///D:/x", @"D:\x")]
    [InlineData(@"\\server\share\backups", @"\\server\share\backups")]
    public void A_location_of_windows_names_a_drive_or_a_share(string location, string root)
    {
        var options = DirectoryStoreOptions.Of(StorageUrl.Parse(location), isWindows: true);
        Assert.Equal(root, options.Root);
        Assert.True(options.WindowsNames);
    }

    [Theory]
    [InlineData("directory://host/path", false)]
    [InlineData("directory:relative", false)]
    [InlineData("directory:///path?x=y", false)]
    [InlineData("file:///backups", true)]
    [InlineData("directory:relative", true)]
    public void What_names_no_directory_is_refused(string location, bool isWindows)
    {
        var thrown = Assert.Throws<StorageException>(() => DirectoryStoreOptions.Of(StorageUrl.Parse(location), isWindows));
        Assert.Equal(StorageErrorKind.InvalidArgument, thrown.Error.Kind);
    }
}
