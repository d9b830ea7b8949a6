namespace BackupFs.FaultProxy;

/// <summary>Bytes of a message's body as they come: payload, or the framing of chunks.</summary>
internal readonly record struct HttpPiece(Memory<byte> Bytes, bool IsPayload);
