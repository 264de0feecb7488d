/** What the tests of the data path share: real peers on blocking sockets, event loops, certificates. */
@NullMarked
package io.culvert.transport.testkit;

import org.jspecify.annotations.NullMarked;
