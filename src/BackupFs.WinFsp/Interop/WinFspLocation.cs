using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32;

namespace BackupFs.WinFsp.Interop;

/// <summary>Where WinFsp's DLL is. It is not on the search path: the installer writes its directory to the registry.</summary>
internal static class WinFspLocation
{
    internal const string HowToInstall = "Install WinFsp 2 from https://winfsp.dev, or with: winget install WinFsp.WinFsp";

    private const string Key = @"SOFTWARE\WinFsp"; // of the registry's 32-bit view: SOFTWARE\WOW6432Node\WinFsp on 64 bits
    private const string Value = "InstallDir";

    /// <summary>The name of the DLL for an architecture, or null where WinFsp has none.</summary>
    internal static string? FileName(Architecture architecture) => architecture switch
    {
        Architecture.X64 => "winfsp-x64.dll",
        Architecture.Arm64 => "winfsp-a64.dll",
        Architecture.X86 => "winfsp-x86.dll",
        _ => null,
    };

    /// <summary>The DLL of an installation.</summary>
    internal static string PathIn(string directory, string fileName) => $@"{directory.TrimEnd('\\')}\bin\{fileName}";

    /// <summary>The path of the DLL for this process; throws <see cref="WinFspMountException"/> when there is none.</summary>
    internal static string Find()
    {
        if (!OperatingSystem.IsWindows())
        {
            throw new WinFspMountException(
                WinFspMountFailure.NotInstalled, NtStatus.NotSupported, "WinFsp is for Windows; this is another system.");
        }

        string fileName = FileName(RuntimeInformation.ProcessArchitecture) ?? throw new WinFspMountException(
            WinFspMountFailure.NotInstalled,
            NtStatus.NotSupported,
            $"WinFsp has no library for {RuntimeInformation.ProcessArchitecture}. Run the program for x64, x86 or Arm64.");
        string directory = InstallDirectory() ?? throw new WinFspMountException(
            WinFspMountFailure.NotInstalled, NtStatus.DllNotFound, $"WinFsp is not installed. {HowToInstall}");
        return PathIn(directory, fileName);
    }

    [SupportedOSPlatform("windows")]
    private static string? InstallDirectory()
    {
        using RegistryKey machine = RegistryKey.OpenBaseKey(RegistryHive.LocalMachine, RegistryView.Registry32);
        using RegistryKey? key = machine.OpenSubKey(Key);
        return key?.GetValue(Value) is string { Length: > 0 } directory ? directory : null;
    }
}
