/** Listening sockets, and what happens between accept and request. */
@NullMarked
package io.culvert.ingress.listener;

import org.jspecify.annotations.NullMarked;
