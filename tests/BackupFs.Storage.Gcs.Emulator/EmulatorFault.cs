namespace BackupFs.Storage.Gcs.Emulator;

/// <summary>What goes wrong with a request.</summary>
public enum FaultAction
{
    /// <summary>Nothing is done, and the status is answered.</summary>
    Refuse,

    /// <summary>The connection breaks after some bytes of the request's body.</summary>
    BreakRequest,

    /// <summary>Another byte arrives in the middle of the body than the one that was sent.</summary>
    DamageRequest,

    /// <summary>The request is done, and the connection breaks before the answer.</summary>
    LoseAnswer,

    /// <summary>The connection breaks after some bytes of the answer's body.</summary>
    BreakAnswer,

    /// <summary>Nothing more comes after some bytes of the answer's body.</summary>
    StallAnswer,

    /// <summary>The answer tells another checksum than the object has.</summary>
    WrongChecksum,
}

/// <summary>A fault of the emulator.</summary>
/// <param name="Action">What goes wrong.</param>
/// <param name="Where">With which requests; null for any.</param>
/// <param name="Times">How many of them.</param>
/// <param name="Bytes">After how many bytes of a body.</param>
/// <param name="Status">Answered by <see cref="FaultAction.Refuse"/>.</param>
/// <param name="Reason">Google's word for it.</param>
public sealed record EmulatorFault(
    FaultAction Action, Func<ApiRequest, bool>? Where = null, int Times = 1, long Bytes = 0, int Status = 503, string Reason = "backendError");
