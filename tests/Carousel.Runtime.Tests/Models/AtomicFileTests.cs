using Carousel.Runtime.Models;

namespace Carousel.Runtime.Tests.Models;

public sealed class AtomicFileTests
{
    [Fact]
    public void Write_replaces_the_file_and_leaves_nothing_else()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.WriteText(folder["file"], "before, and longer");
        AtomicFile.WriteText(folder["file"], "after");
        Assert.Equal("after", File.ReadAllText(folder["file"]));
        Assert.Equal([folder["file"]], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Write_that_fails_half_way_keeps_the_old_file_and_leaves_nothing_else()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.WriteText(folder["file"], "before");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(folder["file"], stream =>
        {
            stream.Write(new byte[1_000_000]);
            throw new InvalidOperationException("half way");
        }));
        Assert.Equal("before", File.ReadAllText(folder["file"]));
        Assert.Equal([folder["file"]], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Write_is_not_seen_before_it_is_complete()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.Write(folder["file"], stream =>
        {
            stream.Write("whole"u8);
            stream.Flush();
            Assert.False(File.Exists(folder["file"]));
        });
        Assert.Equal("whole", File.ReadAllText(folder["file"]));
    }

    [Fact]
    public void Write_to_missing_folder_says_so()
    {
        using var folder = new TemporaryFolder();
        IOException refused = Assert.Throws<IOException>(() => AtomicFile.WriteText(folder["absent/file"], "x"));
        Assert.Contains($"the folder {folder["absent"]} does not exist; create it", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_below_or_onto_the_wrong_kind_says_so()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.WriteText(folder["file"], "x");
        Assert.Contains("is a file, not a folder", Assert.Throws<IOException>(() => AtomicFile.WriteText(folder["file/below"], "x")).Message, StringComparison.Ordinal);
        Assert.Contains("it is a folder", Assert.Throws<IOException>(() => AtomicFile.WriteText(folder.Path, "x")).Message, StringComparison.Ordinal);
        Assert.Equal([folder["file"]], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Write_to_unwritable_folder_says_so()
    {
        using var folder = new TemporaryFolder();
        string place = folder["closed"];
        Directory.CreateDirectory(place);

        // Permissions do not bind the super-user; a folder of the kernel's does.
        if (Environment.IsPrivilegedProcess && Directory.Exists("/proc/self"))
        {
            place = "/proc/self";
        }
        else if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(place, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        else
        {
            Assert.Skip("permissions of a folder are not set up on Windows");
        }

        IOException refused = Assert.Throws<IOException>(() => AtomicFile.WriteText(Path.Combine(place, "file"), "x"));
        Assert.Contains("file: cannot be written: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(place, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_to_full_disk_says_so_and_leaves_nothing()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full, the device that is always full");
        using var folder = new TemporaryFolder();
        AtomicFile.WriteText(folder["file"], "before");
        foreach (int size in new[] { 1, 1_000_000 })
        {
            IOException refused = Assert.Throws<IOException>(() => AtomicFile.Write(folder["file"], stream => stream.Write(new byte[size]), (path, mode) =>
            {
                File.WriteAllText(path, "");
                return new FileStream("/dev/full", FileMode.Open, FileAccess.Write);
            }));
            Assert.Contains($"the disk of {folder.Path} is full; free some space", refused.Message, StringComparison.Ordinal);
            Assert.Equal("before", File.ReadAllText(folder["file"]));
            Assert.Equal([folder["file"]], Directory.GetFileSystemEntries(folder.Path));
        }
    }

    [Fact]
    public void Write_to_device_writes_through_and_does_not_replace_it()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full, the device that is always full");
        IOException refused = Assert.Throws<IOException>(() => AtomicFile.WriteText("/dev/full", "x"));
        Assert.Contains("is full", refused.Message, StringComparison.Ordinal);
        AtomicFile.WriteText("/dev/null", "x");
        Assert.Equal(0, new FileInfo("/dev/null").Length);
    }
}
