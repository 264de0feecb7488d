package io.culvert.files;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/**
 * Faults of files in an operator's words. The JDK says of a missing file its name alone, and which fault it was by a class;
 * a message of ours holds the name, the reason and no class.
 */
public final class FileFaults {
    private FileFaults() {}

    /** {@code /etc/x.key: permission denied}; the reason alone where the fault does not know its file. */
    public static String of(IOException fault) {
        String file = fault instanceof FileSystemException of ? of.getFile() : null;
        return file == null || file.isEmpty() ? reason(fault) : file + ": " + reason(fault);
    }

    /** {@code permission denied}. */
    public static String reason(IOException fault) {
        return switch (fault) {
            case NoSuchFileException missing -> missing(missing.getFile());
            case AccessDeniedException _ -> "permission denied";
            case FileAlreadyExistsException _ -> "it exists already";
            case NotDirectoryException _ -> "it is no folder";
            case FileSystemException other when other.getReason() != null -> system(other.getReason());
            case CharacterCodingException _ -> "it is no text in UTF-8";
            case IOException other when other.getMessage() != null -> system(other.getMessage());
            default -> "it cannot be read or written";
        };
    }

    private static String missing(String file) {
        try {
            Path folder = file == null ? null : Path.of(file).toAbsolutePath().getParent();
            if (folder != null && !Files.exists(folder)) {
                return "the folder " + folder + " does not exist";
            }
        } catch (InvalidPathException _) {
            // Then it is missing for whoever asked, too.
        }
        return "no such file or folder";
    }

    private static String system(String said) {
        return switch (said) {
            case "Is a directory" -> "it is a folder";
            case "Not a directory" -> "a part of its path is no folder";
            case "No space left on device" -> "no space is left";
            case "Read-only file system" -> "the file system is read-only";
            default -> said;
        };
    }
}
