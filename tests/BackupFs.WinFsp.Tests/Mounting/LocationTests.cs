using System.Runtime.InteropServices;
using BackupFs.WinFsp.Interop;

namespace BackupFs.WinFsp.Tests.Mounting;

public class LocationTests
{
    [Theory]
    [InlineData(Architecture.X64, "winfsp-x64.dll")]
    [InlineData(Architecture.Arm64, "winfsp-a64.dll")]
    [InlineData(Architecture.X86, "winfsp-x86.dll")]
    [InlineData(Architecture.Arm, null)]
    public void The_library_is_that_of_the_architecture(Architecture architecture, string? name) =>
        Assert.Equal(name, WinFspLocation.FileName(architecture));

    [Theory]
    [InlineData(@"C:\Program Files (x86)\WinFsp\")]
    [InlineData(@"C:\Program Files (x86)\WinFsp")]
    public void It_is_in_the_directory_bin_of_the_installation(string directory) =>
        Assert.Equal(@"C:\Program Files (x86)\WinFsp\bin\winfsp-x64.dll", WinFspLocation.PathIn(directory, "winfsp-x64.dll"));
}
