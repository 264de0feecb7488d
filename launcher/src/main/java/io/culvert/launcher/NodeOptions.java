package io.culvert.launcher;

import io.culvert.admin.AdminOptions;
import io.culvert.config.reader.Source;
import io.culvert.ingress.protocol.SeenMemory;
import io.culvert.launcher.log.AccessLog;
import io.culvert.launcher.reload.AppliedFile;
import io.culvert.launcher.reload.Snapshot;
import io.culvert.model.ConfigVersion;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node needs besides its configuration.
 *
 * @param admin how the admin server listens, or null for none
 * @param accessLog where the access lines go; the caller closes it once the node has stopped
 * @param version which configuration of the farm it is
 * @param sources the texts that the configuration was read from; empty where it was made without any
 * @param applied where what is applied is kept for the next start, or null for a node that begins with its file each time
 * @param adminForLocalClients whether clients on this host may reach the admin server through the node, as nobody else may
 * @param adminAddress where the admin server listens, or null while it does not
 * @param meetSeconds within what time another node of the farm must be met, or the start fails; 0 for one that may be alone
 * @param seenHeaders where the file is in which the VMess headers that have been used outlive the node
 */
public record NodeOptions(
        @Nullable AdminOptions admin,
        AccessLog accessLog,
        ConfigVersion version,
        List<Source> sources,
        @Nullable AppliedFile applied,
        boolean adminForLocalClients,
        @Nullable InetSocketAddress adminAddress,
        int meetSeconds,
        SeenMemory.Place seenHeaders) {
    public NodeOptions {
        sources = List.copyOf(sources);
    }

    public NodeOptions(@Nullable AdminOptions admin, AccessLog accessLog) {
        this(admin, accessLog, List.of(), null);
    }

    /** For the first configuration. */
    public NodeOptions(
            @Nullable AdminOptions admin, AccessLog accessLog, List<Source> sources, @Nullable AppliedFile applied) {
        this(
                admin,
                accessLog,
                ConfigVersion.of(Snapshot.FIRST_EPOCH),
                sources,
                applied,
                false,
                null,
                0,
                SeenMemory.NONE);
    }

    /** The same for another configuration. */
    NodeOptions with(ConfigVersion other, List<Source> otherSources) {
        return new NodeOptions(
                admin,
                accessLog,
                other,
                otherSources,
                applied,
                adminForLocalClients,
                adminAddress,
                meetSeconds,
                seenHeaders);
    }

    /** The same with an admin server that clients on this host may reach through the node: a page to try it with. */
    public NodeOptions withAdminForLocalClients() {
        return new NodeOptions(
                admin, accessLog, version, sources, applied, true, adminAddress, meetSeconds, seenHeaders);
    }

    /** The same with an admin server that listens. */
    NodeOptions with(@Nullable InetSocketAddress listening) {
        return new NodeOptions(
                admin, accessLog, version, sources, applied, adminForLocalClients, listening, meetSeconds, seenHeaders);
    }

    /** The same with a file for the VMess headers that have been used. */
    public NodeOptions withSeenHeaders(SeenMemory.Place file) {
        return new NodeOptions(
                admin, accessLog, version, sources, applied, adminForLocalClients, adminAddress, meetSeconds, file);
    }

    /** The same for a node that is started to join others, and has to meet one of them. */
    public NodeOptions joining(int seconds) {
        return new NodeOptions(
                admin, accessLog, version, sources, applied, adminForLocalClients, adminAddress, seconds, seenHeaders);
    }
}
