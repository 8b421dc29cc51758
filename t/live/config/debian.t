# SPDX-License-Identifier: Apache-2.0
# The files of the Debian package: its configuration works as installed, the lines in its comment
# add an API and a protected folder, and its version and scripts are sound.
use strict;
use warnings;
use lib 't/lib';
use Client;
use Httpd;
use Site;
use Test::More;

sub text_of { my ($file) = @_; local (@ARGV, $/) = "$Httpd::root/$file"; return <> }

my ($version) = text_of('configure.ac') =~ /AC_INIT\(\[mod_authsms\], \[([\d.]+)\]\)/;
like text_of('debian/changelog'), qr/\Amod-authsms \(\Q$version\E\) /,
    'the version of the package is that of configure.ac';
my ($site) = text_of('docs/operating.md') =~ /^### Debian package.*?^```apache\n(.*?)^```/ms;
my @comment = text_of('debian/authsms.conf') =~ /^#   (.*)$/mg;
is_deeply [sort split /\n/, $site], [sort @comment],
    'docs/operating.md has the lines of the comment';
for my $script (qw(postinst postrm)) {
    my $file = "$Httpd::root/debian/libapache2-mod-authsms.$script";
    is system('dash', '-n', $file), 0, "$script: no syntax error";
    # debhelper replaces it in a comment, too.
    is_deeply [text_of("debian/libapache2-mod-authsms.$script") =~ /^.*#DEBHELPER#.*$/mg],
        ['#DEBHELPER#'], 'with one place for debhelper';
}

# The configuration as installed, but for its paths. open => its commented lines count.
sub start {
    my (%o) = @_;
    my $httpd = Httpd->new(children => 1);
    my $dir = $httpd->dir;
    my $conf = text_of('debian/authsms.conf');
    $conf =~ s/^#   (.*)$/$1/mg if $o{open};
    $conf =~ s{/var/lib/authsms/}{$dir/db/};
    $conf =~ s{/etc/authsms/token\.key}{$dir/token.key};
    $conf =~ s{/var/log/authsms/}{$dir/logs/};
    $conf =~ s{/usr/share/mod_authsms/}{$Httpd::root/conf/};
    # As postinst makes it.
    my $postinst = text_of('debian/libapache2-mod-authsms.postinst');
    my ($bytes) = $postinst =~ /^ *(bytes=.*)$/m;
    my ($made) = $postinst =~ /(printf 'hex:.*?)>"/s;
    $httpd->write('token.key', '', 0600);
    is system('sh', '-c', "$bytes\n$made >'$dir/token.key'"), 0, 'a key is made';
    like do { local (@ARGV, $/) = "$dir/token.key"; <> }, qr/\Ahex:[0-9a-f]{64}\n\z/,
        'of 256 bits';
    $httpd->{conf} = $conf;
    $httpd->write('htdocs/private/index.html', "protected page\n");
    $httpd->expect_log(qr/AuthSMSSender log writes codes|AH01630|AH00128/);
    my $site = bless { httpd => $httpd, client => Client->new($httpd->port) }, 'Site';
    return $site->start;
}

subtest 'as installed' => sub {
    my $site = start();
    my $client = Client->new($site->httpd->port, api => '');
    is $client->get('/app_api/users')->{status}, 404, 'no API';
    $site->stop;
};

subtest 'with the lines of the comment' => sub {
    my $site = start(open => 1);
    is $site->client->get('/private/')->{status}, 401, 'without a token: 401';
    my $person = $site->signup;
    is $site->client->get('/private/', Authorization => $person->{token})->{status}, 200,
        'with the token of a new account: 200';
    ok -s $site->httpd->dir . '/logs/audit.log', 'the audit log is written';
    is $site->register({ %{ Site::person() }, password => 'password123' })->{json}{code},
        'weak_password', 'common passwords are refused';
    $site->stop;
};
done_testing;
