using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace BackupFs.Storage;

/// <summary>Writes a manifest line by line, so that memory does not grow with the number of entries.</summary>
internal static class ManifestWriter
{
    private const int FlushBytes = 256 * 1024;

    internal static async ValueTask WriteAsync(BackupManifest manifest, Stream destination, CancellationToken cancellationToken)
    {
        if (manifest.Format != BackupManifest.CurrentFormat)
        {
            throw Invalid($"this program writes manifests of format {BackupManifest.CurrentFormat}, not {manifest.Format}");
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new ArrayBufferWriter<byte>(FlushBytes * 2);
        await using var json = new Utf8JsonWriter(buffer, ManifestText.WriterOptions);
        WriteHead(manifest, buffer, json);

        var validator = new ManifestValidator();
        for (var index = 0; index < manifest.Entries.Count; index++)
        {
            var entry = manifest.Entries[index];
            if (validator.Check(entry) is { } problem)
            {
                throw Invalid(problem);
            }

            WriteEntry(entry, json);
            json.Flush();
            json.Reset();
            buffer.Write(index + 1 < manifest.Entries.Count ? ",\n"u8 : "\n"u8);
            if (buffer.WrittenCount >= FlushBytes)
            {
                hash.AppendData(buffer.WrittenSpan);
                await destination.WriteAsync(buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
                buffer.ResetWrittenCount();
            }
        }

        if (validator.CheckEnd() is { } missing)
        {
            throw Invalid(missing);
        }

        WriteTail(buffer, hash);
        await destination.WriteAsync(buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
        await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private static void WriteHead(BackupManifest manifest, ArrayBufferWriter<byte> buffer, Utf8JsonWriter json)
    {
        buffer.Write(ManifestText.FirstLine);
        buffer.Write(ManifestText.FormatPrefix);
        buffer.Write(Encoding.ASCII.GetBytes(manifest.Format.ToString(CultureInfo.InvariantCulture)));
        buffer.Write(",\n"u8);
        buffer.Write(ManifestText.BackupPrefix);
        json.WriteStartObject();
        json.WriteString(ManifestText.Started, Time(manifest.Started));
        json.WriteString(ManifestText.Ended, Time(manifest.Ended));
        json.WriteString(ManifestText.Host, manifest.Host);
        json.WriteStartArray(ManifestText.Writers);
        foreach (var writer in manifest.Notes.Writers)
        {
            json.WriteStartObject();
            json.WriteString(ManifestText.Program, writer.Program);
            json.WriteNumber(ManifestText.ProcessId, writer.ProcessId);
            json.WriteString(ManifestText.Ending, writer.Ending);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray(ManifestText.Accepted);
        foreach (var accepted in manifest.Notes.Accepted)
        {
            json.WriteStringValue(accepted);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        json.Reset();
        buffer.Write(",\n"u8);
        buffer.Write(ManifestText.EntriesLine);
    }

    private static void WriteEntry(ManifestEntry entry, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString(ManifestText.Path, entry.Path);
        json.WriteString(ManifestText.Type, ManifestText.TypeName(entry.Type));
        json.WriteString(ManifestText.Mode, "0" + Convert.ToString(entry.Mode, 8).PadLeft(3, '0'));
        json.WriteNumber(ManifestText.UserId, entry.UserId);
        json.WriteNumber(ManifestText.GroupId, entry.GroupId);
        json.WriteString(ManifestText.ModifyTime, Time(entry.ModifyTime));
        if (entry.Type == EntryType.File)
        {
            json.WriteNumber(ManifestText.Size, entry.Size);
        }

        if (entry.Type is EntryType.BlockDevice or EntryType.CharacterDevice)
        {
            json.WriteNumber(ManifestText.Device, entry.Device);
        }

        if (entry.HardLinkTo is { } link)
        {
            json.WriteString(ManifestText.HardLink, link);
        }

        if (entry.Target is { } target)
        {
            WriteTarget(target, json);
        }

        if (entry.ExtendedAttributes is { Count: > 0 } attributes)
        {
            json.WriteStartObject(ManifestText.Attributes);
            foreach (var (name, value) in attributes.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                json.WriteBase64String(name, value);
            }

            json.WriteEndObject();
        }

        if (entry.Checksums is { } checksums)
        {
            WriteChecksums(checksums, json);
        }

        json.WriteEndObject();
    }

    private static void WriteTarget(byte[] target, Utf8JsonWriter json)
    {
        try
        {
            json.WriteString(ManifestText.Target, ManifestText.StrictUtf8.GetString(target));
        }
        catch (DecoderFallbackException)
        {
            json.WriteBase64String(ManifestText.Target64, target);
        }
    }

    private static void WriteChecksums(FileChecksums checksums, Utf8JsonWriter json)
    {
        json.WriteString(ManifestText.Sha256, Convert.ToHexStringLower(checksums.Sha256));
        json.WriteNumber(ManifestText.BlockSize, checksums.BlockSize);
        var bytes = ArrayPool<byte>.Shared.Rent(checksums.BlockCount * sizeof(ulong));
        try
        {
            for (var index = 0; index < checksums.BlockCount; index++)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(index * sizeof(ulong)), checksums.Blocks[index]);
            }

            json.WriteBase64String(ManifestText.Blocks, bytes.AsSpan(0, checksums.BlockCount * sizeof(ulong)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static void WriteTail(ArrayBufferWriter<byte> buffer, IncrementalHash hash)
    {
        buffer.Write(ManifestText.EntriesEndLine);
        hash.AppendData(buffer.WrittenSpan);
        buffer.Write(ManifestText.ChecksumPrefix);
        buffer.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset())));
        buffer.Write(ManifestText.ChecksumSuffix);
        buffer.Write(ManifestText.LastLine);
    }

    private static string Time(Timestamp time) => string.Create(CultureInfo.InvariantCulture, $"{time.Seconds}.{time.Nanoseconds:D9}");

    private static StorageException Invalid(string problem) =>
        new(StorageErrorKind.InvalidArgument, $"the manifest cannot be written: {problem}");
}
