package io.culvert.transport.channel;

import java.nio.file.FileSystemException;
import org.jspecify.annotations.Nullable;

/**
 * Why a native library of Netty's does not load, in an operator's words. Netty tries several names and places, and hangs what
 * became of each on the last as causes and suppressed faults.
 */
public final class NativeFault {
    /** How deep such a tree is looked into. */
    private static final int DEEPEST = 8;

    private NativeFault() {}

    /** @param unavailable what Netty says of a library that it has not loaded; null for none */
    public static String of(@Nullable Throwable unavailable) {
        String found = unavailable == null ? null : ofFolder(unavailable, DEEPEST);
        if (found != null || unavailable == null) {
            return found == null ? "there is no reason" : found;
        }
        Throwable first = unavailable;
        for (int i = 0; i < DEEPEST && first.getCause() != null; i++) {
            first = first.getCause();
        }
        return String.valueOf(first.getMessage());
    }

    /** What is wrong with the folder that libraries are unpacked into, or null where nothing is said of it. */
    private static @Nullable String ofFolder(Throwable fault, int deep) {
        if (fault instanceof FileSystemException file && file.getReason() != null) {
            return "no library can be unpacked: " + file.getMessage();
        }
        String message = fault.getMessage();
        if (message != null && message.contains("cannot be executed")) {
            return "the folder is mounted noexec that has " + message.substring(0, message.indexOf(' '));
        }
        String found = null;
        if (deep > 0) {
            for (Throwable other : fault.getSuppressed()) {
                found = found == null ? ofFolder(other, deep - 1) : found;
            }
            if (found == null && fault.getCause() != null) {
                found = ofFolder(fault.getCause(), deep - 1);
            }
        }
        return found;
    }
}
