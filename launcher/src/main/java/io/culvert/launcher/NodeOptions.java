package io.culvert.launcher;

import io.culvert.admin.AdminOptions;
import io.culvert.launcher.log.AccessLog;
import org.jspecify.annotations.Nullable;

/**
 * What a node needs besides its configuration.
 *
 * @param admin how the admin server listens, or null for none
 * @param accessLog where the access lines go; the caller closes it once the node has stopped
 */
public record NodeOptions(@Nullable AdminOptions admin, AccessLog accessLog) {}
