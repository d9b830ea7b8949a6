namespace BackupFs.WinFsp.Tests.Memory;

/// <summary>Content, attributes, control codes.</summary>
internal sealed partial class MemoryOperations
{
    public ValueTask<WinFspResult<WinFspFileInfo>> Overwrite(WinFspHandle handle, WinFspOverwriteRequest request) =>
        Run<WinFspFileInfo>("Overwrite", () =>
        {
            MemoryNode node = NodeOf(handle);
            node.Attributes = FileAttributes.Archive | request.Attributes
                | (request.ReplaceAttributes ? FileAttributes.None : node.Attributes);
            node.AllocationSize = request.AllocationSize;
            node.Resize(0);
            node.ExtendedAttributes.Clear();
            Set(node, request.ExtendedAttributes);
            return node.Info;
        });

    public ValueTask<WinFspResult<int>> Read(WinFspHandle handle, Memory<byte> buffer, ulong offset) => Run<int>("Read", () =>
    {
        byte[] content = NodeOf(handle).Content;
        if (offset >= (ulong)content.Length)
        {
            return 0;
        }

        int count = Math.Min(buffer.Length, content.Length - (int)offset);
        content.AsSpan((int)offset, count).CopyTo(buffer.Span);
        return count;
    });

    public ValueTask<WinFspResult<WinFspWritten>> Write(WinFspHandle handle, ReadOnlyMemory<byte> data, WinFspWriteRequest request) =>
        Run<WinFspWritten>("Write", () =>
        {
            LastData = data;
            MemoryNode node = NodeOf(handle);
            ulong size = (ulong)node.Content.Length;
            ulong offset = request.ToEnd ? size : request.Offset;
            int count = data.Length;
            if (request.Constrained)
            {
                count = offset >= size ? 0 : (int)Math.Min((ulong)count, size - offset);
            }

            if (count > 0)
            {
                node.Resize(Math.Max(size, offset + (ulong)count));
                data.Span[..count].CopyTo(node.Content.AsSpan((int)offset));
            }

            return new WinFspWritten(count, node.Info);
        });

    public ValueTask<WinFspResult<WinFspFileInfo>> Flush(WinFspHandle handle) => Run<WinFspFileInfo>("Flush", () => NodeOf(handle).Info);

    public ValueTask<NtStatus> FlushVolume() => Status("FlushVolume", () => NtStatus.Success);

    public ValueTask<WinFspResult<WinFspFileInfo>> GetFileInfo(WinFspHandle handle) =>
        Run<WinFspFileInfo>("GetFileInfo", () => NodeOf(handle).Info);

    public ValueTask<WinFspResult<WinFspFileInfo>> SetBasicInfo(WinFspHandle handle, WinFspBasicInfo change) =>
        Run<WinFspFileInfo>("SetBasicInfo", () =>
        {
            MemoryNode node = NodeOf(handle);
            node.Attributes = change.Attributes ?? node.Attributes;
            node.CreationTime = change.CreationTime ?? node.CreationTime;
            node.LastWriteTime = change.LastWriteTime ?? node.LastWriteTime;
            return node.Info;
        });

    public ValueTask<WinFspResult<WinFspFileInfo>> SetFileSize(WinFspHandle handle, ulong size) =>
        Run<WinFspFileInfo>($"SetFileSize {size}", () =>
        {
            NodeOf(handle).Resize(size);
            return NodeOf(handle).Info;
        });

    public ValueTask<WinFspResult<WinFspFileInfo>> SetAllocationSize(WinFspHandle handle, ulong size) =>
        Run<WinFspFileInfo>($"SetAllocationSize {size}", () =>
        {
            MemoryNode node = NodeOf(handle);
            node.AllocationSize = size;
            node.Resize(Math.Min(size, (ulong)node.Content.Length));
            return node.Info;
        });

    public ValueTask<WinFspResult<ReadOnlyMemory<byte>>> Control(
        WinFspHandle handle, uint code, ReadOnlyMemory<byte> input, int longestOutput) =>
        Run<ReadOnlyMemory<byte>>("Control", () => code == Rot13
            ? (ReadOnlyMemory<byte>)input.ToArray().Select(Rotate).ToArray()
            : NtStatus.InvalidDeviceRequest);

    public ValueTask<WinFspResult<WinFspExtendedAttribute[]>> GetExtendedAttributes(WinFspHandle handle) =>
        Run<WinFspExtendedAttribute[]>("GetExtendedAttributes", () => NodeOf(handle).ExtendedAttributes.Values.ToArray());

    public ValueTask<WinFspResult<WinFspFileInfo>> SetExtendedAttributes(
        WinFspHandle handle, IReadOnlyList<WinFspExtendedAttribute> attributes) => Run<WinFspFileInfo>("SetExtendedAttributes", () =>
        {
            Set(NodeOf(handle), attributes);
            return NodeOf(handle).Info;
        });

    private static void Set(MemoryNode node, IReadOnlyList<WinFspExtendedAttribute> attributes)
    {
        foreach (WinFspExtendedAttribute attribute in attributes)
        {
            if (attribute.Value.IsEmpty)
            {
                node.ExtendedAttributes.Remove(attribute.Name);
            }
            else
            {
                node.ExtendedAttributes[attribute.Name] = attribute;
            }
        }
    }

    private static byte Rotate(byte letter) => letter switch
    {
        >= (byte)'a' and <= (byte)'z' => (byte)(((letter - 'a' + 13) % 26) + 'a'),
        >= (byte)'A' and <= (byte)'Z' => (byte)(((letter - 'A' + 13) % 26) + 'A'),
        _ => letter,
    };
}
