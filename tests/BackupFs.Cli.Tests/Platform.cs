using System.Runtime.Versioning;

// File modes, /proc and the scripts are Linux's.
[assembly: SupportedOSPlatform("linux")]
