using System.Buffers.Binary;
using System.IO.Hashing;
using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Staging;

/// <summary>
/// The journal of an open backup: records of 16 bytes (inode 8, event 1, zero 3, check 4; little-endian), each appended with one
/// write(2). It survives the death of the process; of a crash of the machine it survives what had been written back.
/// Appending is thread-safe.
/// </summary>
internal sealed class Journal : IDisposable
{
    private const int RecordSize = 16;
    private const int CheckedSize = 12;
    private const int Mode = 0x180;

    private readonly Descriptor _file;

    private Journal(Descriptor file) => _file = file;

    /// <summary>Opens the journal in a staging directory, making it if there is none.</summary>
    public static Errno Open(Descriptor staging, string name, out Journal journal)
    {
        var errno = OpenCalls.OpenAt(staging, name, OpenFlags.ReadWrite | OpenFlags.Append | OpenFlags.Create, Mode, out var file);
        journal = errno == Errno.Success ? new Journal(file) : null!;
        return errno;
    }

    /// <summary>Adds a record.</summary>
    public Errno Append(JournalEvent happened, ulong inode)
    {
        Span<byte> record = stackalloc byte[RecordSize];
        record.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(record, inode);
        record[8] = (byte)happened;
        BinaryPrimitives.WriteUInt32LittleEndian(record[CheckedSize..], XxHash32.HashToUInt32(record[..CheckedSize]));
        return ContentCalls.Append(_file, record);
    }

    /// <summary>Makes the journal survive a crash of the machine.</summary>
    public Errno Sync() => SyncCalls.Sync(_file, dataOnly: true);

    /// <summary>
    /// Gives all records, oldest first, to <paramref name="record"/>. <paramref name="intact"/> is false when a record is not
    /// what was written, as after a crash of the machine: then nothing the journal does not say can be relied on.
    /// </summary>
    public Errno Read(Action<JournalEvent, ulong> record, out bool intact)
    {
        intact = true;
        var buffer = new byte[4096 * RecordSize];
        for (long offset = 0; ; offset += buffer.Length)
        {
            var errno = ContentCalls.Read(_file, buffer, offset, out var read);
            if (errno != Errno.Success)
            {
                return errno;
            }

            for (var at = 0; at + RecordSize <= read; at += RecordSize)
            {
                var bytes = buffer.AsSpan(at, RecordSize);
                var check = BinaryPrimitives.ReadUInt32LittleEndian(bytes[CheckedSize..]);
                if (check == XxHash32.HashToUInt32(bytes[..CheckedSize]) && Enum.IsDefined((JournalEvent)bytes[8]))
                {
                    record((JournalEvent)bytes[8], BinaryPrimitives.ReadUInt64LittleEndian(bytes));
                }
                else
                {
                    intact = false;
                }
            }

            if (read < buffer.Length)
            {
                intact &= read % RecordSize == 0;
                return Errno.Success;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
