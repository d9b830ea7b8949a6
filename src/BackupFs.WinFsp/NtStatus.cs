namespace BackupFs.WinFsp;

/// <summary>
/// Status codes of Windows NT, as file systems answer them. The two highest bits are the severity: 0 success, 1
/// information, 2 warning, 3 error; see <see cref="NtStatusExtensions.IsSuccess"/>.
/// </summary>
public enum NtStatus : uint
{
    /// <summary>Done.</summary>
    Success = 0x00000000,

    /// <summary>The answer follows later. Never returned by operations: the binding does.</summary>
    Pending = 0x00000103,

    /// <summary>The answer does not fit the buffer; the size it takes was answered where there is a place for it.</summary>
    BufferOverflow = 0x80000005,

    /// <summary>There are no files that match.</summary>
    NoMoreFiles = 0x80000006,

    /// <summary>The list of extended attributes is malformed.</summary>
    EaListInconsistent = 0x80000014,

    /// <summary>The name of an extended attribute has a character that is not allowed.</summary>
    InvalidEaName = 0x80000013,

    /// <summary>The operation failed for no reason that has a code of its own.</summary>
    Unsuccessful = 0xC0000001,

    /// <summary>Not implemented.</summary>
    NotImplemented = 0xC0000002,

    /// <summary>The handle is not, or no longer, open.</summary>
    InvalidHandle = 0xC0000008,

    /// <summary>An argument is wrong.</summary>
    InvalidParameter = 0xC000000D,

    /// <summary>There is no such device.</summary>
    NoSuchDevice = 0xC000000E,

    /// <summary>There is no such file.</summary>
    NoSuchFile = 0xC000000F,

    /// <summary>The file system does not know this request.</summary>
    InvalidDeviceRequest = 0xC0000010,

    /// <summary>Reading at or behind the end of the file.</summary>
    EndOfFile = 0xC0000011,

    /// <summary>Access denied.</summary>
    AccessDenied = 0xC0000022,

    /// <summary>The buffer is too small.</summary>
    BufferTooSmall = 0xC0000023,

    /// <summary>The name is malformed.</summary>
    ObjectNameInvalid = 0xC0000033,

    /// <summary>The last component of the name does not exist.</summary>
    ObjectNameNotFound = 0xC0000034,

    /// <summary>The name exists already.</summary>
    ObjectNameCollision = 0xC0000035,

    /// <summary>A directory on the way to the last component does not exist.</summary>
    ObjectPathNotFound = 0xC000003A,

    /// <summary>The data is wrong: a checksum does not match.</summary>
    CrcError = 0xC000003F,

    /// <summary>Somebody has the file open in a way that excludes this.</summary>
    SharingViolation = 0xC0000043,

    /// <summary>The volume has no extended attributes.</summary>
    EasNotSupported = 0xC000004F,

    /// <summary>The file is about to be deleted.</summary>
    DeletePending = 0xC0000056,

    /// <summary>The security descriptor is malformed.</summary>
    InvalidSecurityDescriptor = 0xC0000079,

    /// <summary>The volume is full.</summary>
    DiskFull = 0xC000007F,

    /// <summary>Out of memory or another resource.</summary>
    InsufficientResources = 0xC000009A,

    /// <summary>The volume cannot be written.</summary>
    MediaWriteProtected = 0xC00000A2,

    /// <summary>The device is not ready.</summary>
    DeviceNotReady = 0xC00000A3,

    /// <summary>The operation took too long.</summary>
    IoTimeout = 0xC00000B5,

    /// <summary>The file is a directory.</summary>
    FileIsADirectory = 0xC00000BA,

    /// <summary>Not supported.</summary>
    NotSupported = 0xC00000BB,

    /// <summary>Old and new name are on different volumes.</summary>
    NotSameDevice = 0xC00000D4,

    /// <summary>An error inside the file system.</summary>
    UnexpectedIoError = 0xC00000E9,

    /// <summary>The directory is not empty.</summary>
    DirectoryNotEmpty = 0xC0000101,

    /// <summary>The file is not a directory.</summary>
    NotADirectory = 0xC0000103,

    /// <summary>The name is too long.</summary>
    NameTooLong = 0xC0000106,

    /// <summary>Too many files are open.</summary>
    TooManyOpenedFiles = 0xC000011F,

    /// <summary>Cancelled.</summary>
    Cancelled = 0xC0000120,

    /// <summary>The file cannot be deleted.</summary>
    CannotDelete = 0xC0000121,

    /// <summary>The file was deleted while it was open.</summary>
    FileDeleted = 0xC0000123,

    /// <summary>The handle was closed.</summary>
    FileClosed = 0xC0000128,

    /// <summary>The DLL was not found.</summary>
    DllNotFound = 0xC0000135,

    /// <summary>The device reported an input/output error.</summary>
    IoDeviceError = 0xC0000185,

    /// <summary>There is no such thing.</summary>
    NotFound = 0xC0000225,

    /// <summary>The file has as many names as it can have.</summary>
    TooManyLinks = 0xC0000265,

    /// <summary>The file is not a reparse point.</summary>
    NotAReparsePoint = 0xC0000275,

    /// <summary>The quota is used up.</summary>
    DiskQuotaExceeded = 0xC0000802,

    /// <summary>The wait would take too long: a file is being renamed.</summary>
    CannotWait = 0xC00000D8,

    /// <summary>The file is larger than the volume can hold.</summary>
    FileTooLarge = 0xC0000904,
}
