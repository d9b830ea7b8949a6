using System.Globalization;
using System.Text;

namespace BackupFs.Fuse.Mounting;

/// <summary>Mount options as text: the form mount(2) takes and the form fusermount3 takes.</summary>
internal static class MountOptionText
{
    /// <summary>For mount(2). The root mode is octal and has the file type only.</summary>
    internal static string ForKernel(int descriptor, uint userId, uint groupId, FuseMountOptions options)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"fd={descriptor},rootmode=40000,user_id={userId},group_id={groupId}");
        AppendShared(text, options);
        return text.ToString();
    }

    /// <summary>For the -o argument of fusermount3, which adds descriptor, root mode, user and group itself.</summary>
    internal static string ForHelper(FuseMountOptions options)
    {
        var text = new StringBuilder(options.ReadOnly ? "ro" : "rw").Append(",nosuid,nodev");
        text.Append(options.NoAtime ? ",noatime" : string.Empty);
        text.Append(options.NoExec ? ",noexec" : string.Empty);
        AppendShared(text, options);
        text.Append(",fsname=").Append(Escape(options.Name));
        return text.Append(",subtype=").Append(Escape(options.Subtype)).ToString();
    }

    /// <summary>Puts a backslash before each comma and backslash.</summary>
    internal static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal);

    private static void AppendShared(StringBuilder text, FuseMountOptions options)
    {
        text.Append(options.AllowOther ? ",allow_other" : string.Empty);
        text.Append(options.DefaultPermissions ? ",default_permissions" : string.Empty);
        if (options.MaxRead is int maxRead)
        {
            text.Append(CultureInfo.InvariantCulture, $",max_read={maxRead}");
        }
    }
}
