# SPDX-License-Identifier: Apache-2.0
# configtest accepts conf/authsms.conf and the examples of the documentation.
use strict;
use warnings;
use Cwd qw(getcwd);
use lib 't/lib';
use Configtest;
use Test::More;

# The path of a key or secret for the file of this name in an example.
sub page_file {
    my ($name) = @_;
    my $file = $httpd->dir . "/$name";
    return $httpd->write($name, "Authorization: Key 0123\n", 0600) && $name if $name =~ /header$/;
    return 'key' if $name !~ /pem$/;
    system "openssl genpkey -algorithm ED25519 -out '$file' 2>/dev/null" unless -e $file;
    system "openssl pkey -in '$file' -pubout -out '$file.pub' && mv '$file.pub' '$file'"
        if $name =~ /pub/;
    chmod 0600, $file;
    return $file;
}

subtest 'conf/authsms.conf' => sub {
    my $table = do { local (@ARGV, $/) = 'mod_authsms.c'; <> };
    my $reference = do { local (@ARGV, $/) = 'conf/authsms.conf'; <> };
    my %known = map { $_ => 1 } $table =~ /"(AuthSMS\w+)"/g;
    my %shown = map { $_ => 1 } $reference =~ /^\s*#?(AuthSMS\w+) /mg;
    is_deeply [sort keys %shown], [sort keys %known],
        'conf/authsms.conf has every directive';
    my $conf =
        $reference =~ s/^LoadModule.*\n//mgr =~ s{/var/lib/authsms}{$httpd->dir . '/db'}ger =~
        s/file:authsms\.key/file:key/r =~ s{/usr/local/share/mod_authsms}{getcwd() . '/conf'}er;
    my ($code, $out) = $httpd->configtest($conf);
    is $code, 0, 'configtest accepts it unchanged' or diag $out;
    $conf =~ s/^(\s*)#(?=AuthSMS)/$1/mg;
    ($code, $out) = $httpd->configtest($conf);
    is $code, 0, 'configtest accepts its commented defaults' or diag $out;
    my $defaults = join '', $reference =~ /^\s*#(AuthSMS\w+ .*\n)/mg;
    good 'defaults of conf/authsms.conf in a virtual host',
        "$key<VirtualHost *:1>\n${defaults}AuthSMSKey none\nAuthSMSSender none\n"
        . "AuthSMSProtect Off\n</VirtualHost>\n";
};

# configtest accepts the examples of the documentation. "…" is replaced by values, paths by those of
# existing files.
subtest 'examples of the documentation' => sub {
    for my $page ('README.md', glob 'docs/*.md') {
        my $text = do { local (@ARGV, $/) = $page; <> };
        my @shown = $text =~ /```apache\n(.*?)```/sg;
        for my $n (1 .. @shown) {
            my $conf = $shown[$n - 1];
            $conf =~ s/^LoadModule.*\n//mg;
            $conf =~ s/[ \t]+# .*$//mg;
            $conf =~ s/\b(AC|MG)…/$1 . '0' x 32/ge;
            $conf =~ s/…/x/g;
            $conf =~ s/env:\w+/env:AUTHSMS_TEST_SECRET/g;
            $conf =~ s{file:/etc/apache2/(\S+)}{'file:' . page_file($1)}ge;
            $conf = "$key$conf" unless $conf =~ /AuthSMSKey/;
            $conf =~ s{/var/lib/authsms}{$httpd->dir . '/db'}ge;
            $conf = "$base$conf" unless $conf =~ /DBDriver/;
            my ($code, $out) = $httpd->configtest($conf);
            is $code, 0, "$page, example $n" or diag $out;
        }
    }
};

done_testing;
