# SPDX-License-Identifier: Apache-2.0
# A configuration of conf/examples, run as it stands. Only its paths and ports are replaced.
package Example;
use strict;
use warnings;
use Client ();
use Httpd ();
use Site ();
our @ISA = ('Site');

# What Debian's httpd loads without a2enmod, or this test's httpd cannot do without.
my %default =
    map { $_ => 1 }
    qw(access_compat alias authn_core authz_core authz_host authz_user dir env mime
    setenvif status log_config);

# The text of a file of conf/examples, with a server's folder and ports:
#   /etc/apache2/, /etc/haproxy/   the ServerRoot
#   /etc/ssl/           the folder ssl in it
#   /run/php/           the folder run in it
#   /var/lib/authsms/   the folder db in it
#   /var/www/html       its DocumentRoot; /var/www/NAME: a folder beside it
#   *:443               the port of httpd
#   127.0.0.1:8080      httpd, behind another server
#   127.0.0.1:3000      the application; application => port
sub text {
    my ($name, $httpd, %o) = @_;
    open my $in, '<', "$Httpd::root/conf/examples/$name" or die "conf/examples/$name: $!";
    my $text = do { local $/; <$in> };
    my $dir = $httpd->dir;
    my $port = $httpd->port;
    $text =~ s{/etc/(?:apache2|haproxy)/}{$dir/}g;
    $text =~ s{/etc/ssl/}{$dir/ssl/}g;
    $text =~ s{/run/php/}{$dir/run/}g;
    $text =~ s{/var/lib/authsms/}{$dir/db/}g;
    $text =~ s{/var/www/html\b}{$dir/htdocs}g;
    $text =~ s{/var/www/}{$dir/}g;
    $text =~ s{\*:443\b}{*:$port}g;
    $text =~ s{\b127\.0\.0\.1:8080\b}{127.0.0.1:$port}g;
    $text =~ s{\b127\.0\.0\.1:3000\b}{127.0.0.1:$o{application}}g if $o{application};
    return $text;
}

# httpd with an example and the modules that its line a2enmod names, not started. keys => names of
# key files (default: authsms), application => port, children, and more for Httpd.
sub new {
    my ($class, $name, %o) = @_;
    my ($keys, $application) = delete @o{qw(keys application)};
    my $httpd = Httpd->new(children => 1, %o);
    my $text = text($name, $httpd, application => $application);
    my ($words) = $text =~ /^#   a2enmod (.*)$/m or die "$name names no modules";
    my %wanted = map { $_ => 1 } split ' ', $words;

    # As mods-available of Debian: "Depends".
    $wanted{$_} = 1
        for 'dbd', map { /^(proxy)_/ ? $1 : /^ssl$/ ? 'socache_shmcb' : () } keys %wanted;
    $httpd->{without} =
        [grep { !$wanted{$_} } qw(headers rewrite actions include proxy proxy_http dbd)];
    my $loaded = $httpd->config;
    $httpd->{conf} = join '', map { "LoadModule ${_}_module $Httpd::libexec/mod_$_.so\n" }
        grep { $_ ne 'authsms' && !$default{$_} && $loaded !~ /^LoadModule ${_}_module /m }
        sort { ($b eq 'proxy') <=> ($a eq 'proxy') || $a cmp $b } keys %wanted;
    $httpd->{conf} .= $text;
    $httpd->expect_log(qr/AuthSMSSender log writes codes/);
    for my $key (@{ $keys // ['authsms'] }) {
        my $bytes = join '', map { sprintf '%02x', int rand 256 } 1 .. 32;
        $httpd->write("$key.key", "hex:$bytes\n", 0600);
    }
    $httpd->write('htdocs/index.html', "open page\n");
    return bless { httpd => $httpd, client => Client->new($httpd->port) }, $class;
}

1;
