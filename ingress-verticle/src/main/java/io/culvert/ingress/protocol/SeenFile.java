package io.culvert.ingress.protocol;

import io.culvert.wire.vmess.SeenHeaders;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A memory-mapped ring of values, each with its expiry: what has been put in is there for the next process also where this one is
 * killed. A value is written over only once it has expired. All of the file is written when it is made, so that a disk that
 * fills up later is no fault of memory.
 *
 * <p>A head of {@value #HEAD} bytes: format, capacity, the machine's boot, where the next value goes, whether the file was closed;
 * then {@value #RECORD} bytes a value: its 128 bits, and one word of its expiry (32 bits), its kind (1) and a checksum (31), by which
 * a record that was written in part is known. Numbers are big-endian. Safe for use by several threads.
 */
final class SeenFile implements SeenHeaders.Memory, AutoCloseable {
    static final int HEAD = 64;
    static final int RECORD = 24;

    /** Changes with what is written: a file with another one is not read. */
    static final long FORMAT = 0x4356_5345_454E_0001L;

    private static final int CAPACITY_AT = 8;
    private static final int BOOT_AT = 16;
    private static final int NEXT_AT = 24;
    private static final int CLOSED_AT = 32;
    private static final long CLOSED = 1;

    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);
    private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
    private static final int CHECK_BITS = 31;
    private static final long CHECK = (1L << CHECK_BITS) - 1;
    private static final int CHUNK = 1 << 20;
    private static final int MOST_TRIED = 64;
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final FileChannel channel;
    private final FileLock lock;
    private final int capacity;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment map;
    private final @Nullable String gap;
    private int next;
    private boolean closed;
    private final ReentrantLock turn = new ReentrantLock();

    private SeenFile(FileChannel channel, FileLock lock, int capacity, long boot) throws IOException {
        this.channel = channel;
        this.lock = lock;
        this.capacity = capacity;
        String unusable = unusable(channel, capacity);
        if (unusable != null) {
            writeZeros(channel, size(capacity));
        }
        map = channel.map(FileChannel.MapMode.READ_WRITE, 0, size(capacity), arena);
        boolean crashed = unusable == null && map.get(WORD, CLOSED_AT) != CLOSED && map.get(WORD, BOOT_AT) != boot;
        gap = crashed ? "the machine went down while the node ran" : unusable;
        next = (int) Math.floorMod(map.get(WORD, NEXT_AT), (long) capacity);
        map.set(WORD, CAPACITY_AT, capacity);
        map.set(WORD, BOOT_AT, boot);
        map.set(WORD, CLOSED_AT, 0);
        map.set(WORD, 0, FORMAT);
        // Beyond this point the file's head is what a crash of the machine leaves.
        map.force();
    }

    /** What takes values that were kept. */
    @FunctionalInterface
    interface Reader {
        void value(SeenHeaders.Kind kind, long high, long low, long expiry);
    }

    /**
     * Opens a file, making it where it is missing or cannot be used.
     *
     * @param file in a folder that exists
     * @param capacity how many values it holds
     * @throws IOException where it cannot be made, or another node has it
     */
    static SeenFile open(Path file, int capacity) throws IOException {
        return open(file, capacity, boot());
    }

    /** {@link #open(Path, int)} on a machine that has been started as {@code boot} says. */
    static SeenFile open(Path file, int capacity, long boot) throws IOException {
        FileChannel channel = FileChannel.open(
                file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE), OWNER_ONLY);
        boolean opened = false;
        try {
            FileLock lock = lock(channel);
            if (lock == null) {
                throw new IOException(file + ": another node has it");
            }
            SeenFile seen = new SeenFile(channel, lock, capacity, boot);
            opened = true;
            return seen;
        } finally {
            if (!opened) {
                channel.close();
            }
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException _) {
            return null; // another node of this process
        }
    }

    private static long size(int capacity) {
        return HEAD + (long) capacity * RECORD;
    }

    private static @Nullable String unusable(FileChannel channel, int capacity) throws IOException {
        long size = channel.size();
        if (size == 0) {
            return "it was not there";
        }
        ByteBuffer head = ByteBuffer.allocate(CAPACITY_AT + Long.BYTES);
        if (channel.read(head, 0) < head.capacity()) {
            return "it is cut off";
        }
        if (head.getLong(0) != FORMAT) {
            return "it is of another version";
        }
        if (head.getLong(CAPACITY_AT) != capacity) {
            return "it is of another size";
        }
        return size == size(capacity) ? null : "it is cut off";
    }

    private static void writeZeros(FileChannel channel, long size) throws IOException {
        channel.truncate(0);
        ByteBuffer zeros = ByteBuffer.allocateDirect(CHUNK);
        for (long at = 0; at < size; ) {
            zeros.position(0).limit((int) Math.min(CHUNK, size - at));
            at += channel.write(zeros, at);
        }
    }

    /** A number that is another one after each start of the machine; 0 where the system does not tell. */
    private static long boot() {
        try {
            byte[] id = Files.readString(BOOT, StandardCharsets.US_ASCII).getBytes(StandardCharsets.US_ASCII);
            long sum = 0;
            for (byte one : id) {
                sum = sum * 1_000_003 + one;
            }
            return sum;
        } catch (IOException _) {
            return 0;
        }
    }

    /** Why not all values of the time before are there; null where they are. */
    @Nullable
    String gap() {
        return gap;
    }

    /** Reads every value that has not expired. */
    void read(long now, Reader reader) {
        turn.lock();
        try {
            readLocked(now, reader);
        } finally {
            turn.unlock();
        }
    }

    private void readLocked(long now, Reader reader) {
        for (int slot = 0; slot < capacity; slot++) {
            long at = at(slot);
            long meta = map.get(WORD, at + 16);
            if (expiry(meta) <= now) {
                continue;
            }
            long high = map.get(WORD, at);
            long low = map.get(WORD, at + 8);
            if (meta == sealed(high, low, meta)) {
                reader.value(kind(meta), high, low, expiry(meta));
            }
        }
    }

    @Override
    public boolean keep(SeenHeaders.Kind kind, long high, long low, long expiry, long now) {
        turn.lock();
        try {
            return closed || keepLocked(kind, high, low, expiry, now);
        } finally {
            turn.unlock();
        }
    }

    private boolean keepLocked(SeenHeaders.Kind kind, long high, long low, long expiry, long now) {
        int slot = free(now);
        if (slot < 0) {
            return false;
        }
        long at = at(slot);
        // Marked as empty while it is written.
        map.set(WORD, at + 16, 0);
        map.set(WORD, at, high);
        map.set(WORD, at + 8, low);
        map.set(WORD, at + 16, sealed(high, low, (expiry << 32) | (number(kind) << CHECK_BITS)));
        next = slot + 1 == capacity ? 0 : slot + 1;
        map.set(WORD, NEXT_AT, next);
        return true;
    }

    /** The next slot, or one of the few behind it: values expire nearly, not quite, in the order in which they come. */
    private int free(long now) {
        for (int tried = 0, slot = next; tried < MOST_TRIED; tried++) {
            if (expiry(map.get(WORD, at(slot) + 16)) <= now) {
                return slot;
            }
            slot = slot + 1 == capacity ? 0 : slot + 1;
        }
        return -1;
    }

    private static long at(int slot) {
        return HEAD + (long) slot * RECORD;
    }

    private static long expiry(long meta) {
        return meta >>> 32;
    }

    private static long number(SeenHeaders.Kind kind) {
        return switch (kind) {
            case AUTH_ID -> 0;
            case LEGACY_KEYS -> 1;
        };
    }

    private static SeenHeaders.Kind kind(long meta) {
        return ((meta >>> CHECK_BITS) & 1) == 0 ? SeenHeaders.Kind.AUTH_ID : SeenHeaders.Kind.LEGACY_KEYS;
    }

    /** The last word of a record, with the checksum that belongs to it. */
    private static long sealed(long high, long low, long meta) {
        long rest = meta & ~CHECK;
        long mixed = ((high * 0x9E3779B97F4A7C15L) ^ Long.rotateLeft(low, 29) ^ rest) * 0xD6E8FEB86659FD93L;
        return rest | (((mixed ^ (mixed >>> 32)) * 0x9E3779B97F4A7C15L) >>> 33);
    }

    /** Keeps nothing more; what is there survives the machine's end, too. Blocks. */
    @Override
    public void close() throws IOException {
        turn.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            map.force();
            map.set(WORD, CLOSED_AT, CLOSED);
            map.force();
            arena.close();
        } finally {
            turn.unlock();
        }
        lock.release();
        channel.close();
    }
}
