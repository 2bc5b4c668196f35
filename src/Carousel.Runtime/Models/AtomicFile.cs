namespace Carousel.Runtime.Models;

/// <summary>Writes a file so that its path holds either what was there before or all of the new content, even if the process is killed or the disk is full.</summary>
public static class AtomicFile
{
    private const int ErrorDiskFull = 28;               // ENOSPC
    private const int ErrorReadOnly = 30;               // EROFS
    private const int ErrorQuota = 122;                 // EDQUOT on Linux
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>
    /// Writes to a new file in the same folder, forces it to the disk and renames it over <paramref name="path"/>. On failure the new file is removed.
    /// </summary>
    /// <param name="path">Path of the file; its folder exists. A device such as /dev/stdout is written to directly.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">It cannot be written; the message says why and what to do. Other exceptions of <paramref name="write"/> come through.</exception>
    public static void Write(string path, Action<Stream> write) => Write(path, write, Create);

    /// <summary>Writes text as UTF-8 without a byte-order mark, in the same way.</summary>
    /// <param name="path">Path of the file; its folder exists.</param>
    /// <param name="text">The content.</param>
    /// <exception cref="IOException">It cannot be written; the message says why and what to do.</exception>
    public static void WriteText(string path, string text)
    {
        byte[] bytes = new System.Text.UTF8Encoding(false).GetBytes(text);
        Write(path, stream => stream.Write(bytes));
    }

    /// <summary>As the public method, with the way to open the new file passed in, so that tests can give a full disk.</summary>
    internal static void Write(string path, Action<Stream> write, Func<string, FileMode, FileStream> open)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full) ?? throw new IOException($"{path}: is a folder, expected the path of a file");

        // A device is no file: renaming over it would replace it.
        bool isDevice = !OperatingSystem.IsWindows() && folder == "/dev";
        string target = isDevice ? full : Path.Combine(folder, $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}.tmp");
        bool isCreated = false;
        try
        {
            using (FileStream stream = open(target, isDevice ? FileMode.Open : FileMode.CreateNew))
            {
                isCreated = !isDevice;
                write(stream);
                stream.Flush(flushToDisk: !isDevice);
            }

            if (!isDevice)
            {
                File.Move(target, full, overwrite: true);
                isCreated = false;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException || IsTooLarge(e))
        {
            throw new IOException($"{path}: cannot be written: {Reason(e, full, folder)}", e);
        }
        finally
        {
            if (isCreated)
            {
                Remove(target);
            }
        }
    }

    private static FileStream Create(string path, FileMode mode) => new(path, mode, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);

    private static string Reason(Exception e, string path, string folder) => e switch
    {
        _ when Directory.Exists(path) => "it is a folder; name a file within it",
        _ when File.Exists(folder) => $"{folder} is a file, not a folder; choose another place",
        _ when !Directory.Exists(folder) => $"the folder {folder} does not exist; create it or choose another place",
        _ when IsTooLarge(e) => $"the file would be larger than {folder} or a limit of this session (ulimit -f) allows; choose another place",
        UnauthorizedAccessException => $"no permission to write to {folder}; change its permissions or choose another place",
        { HResult: ErrorDiskFull or WindowsDiskFull or WindowsHandleDiskFull } => $"the disk of {folder} is full; free some space or choose another place",
        { HResult: ErrorQuota } => $"the quota for {folder} is used up; free some space or choose another place",
        { HResult: ErrorReadOnly } => $"{folder} is read-only; choose another place",
        _ => e.Message,
    };

    // What .NET makes of EFBIG.
    private static bool IsTooLarge(Exception e) => e is ArgumentOutOfRangeException { ParamName: "value", ActualValue: null };

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that led here is the one to report.
        }
    }
}
