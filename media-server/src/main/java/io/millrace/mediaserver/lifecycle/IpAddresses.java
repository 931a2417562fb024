package io.millrace.mediaserver.lifecycle;

import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Lists of IP addresses in the configuration.
public final class IpAddresses {
    private IpAddresses() {}

    /// @param key the setting's name, for the error
    /// @throws StartException when one is not an IP address: names are not looked up
    public static Set<InetAddress> parse(String key, List<String> values) throws StartException {
        var addresses = new HashSet<InetAddress>();
        for (String address : values) {
            try {
                addresses.add(InetAddress.ofLiteral(address));
            } catch (IllegalArgumentException e) {
                throw new StartException(key + ": " + address + " (expected: IP addresses)", e);
            }
        }
        return addresses;
    }
}
