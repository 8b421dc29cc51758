# SPDX-License-Identifier: Apache-2.0
# conf/examples/tenants.conf: two virtual hosts with TLS have separate accounts and tokens.
use strict;
use warnings;
use lib 't/lib';
use Example;
use Httpd;
use JSON::PP;
use Test::More;

plan skip_all => 'no mod_ssl here' unless -e "$Httpd::libexec/mod_ssl.so";
plan skip_all => 'no curl here' unless `curl --version 2>/dev/null`;
my $site = Example->new('tenants.conf', keys => ['authsms-one', 'authsms-two']);
my $httpd = $site->httpd;
my $dir = $httpd->dir;
for my $tenant (qw(one two)) {
    $httpd->write("$tenant/private/index.html", "page of $tenant\n");
    $httpd->write("ssl/$_/x", '') for qw(certs private);
    my $host = "$tenant.example.org";
    system "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -batch "
        . "-subj /CN=$host -addext subjectAltName=DNS:$host -keyout $dir/ssl/private/$host.key "
        . "-out $dir/ssl/certs/$host.pem 2>/dev/null";
    plan skip_all => 'no openssl here' if $?;
}
# As Debian's ssl.conf
$httpd->{conf} .= "SSLSessionCache shmcb:run/ssl(65536)\n";
# Another release of OpenSSL than mod_ssl was built with; certificates that are their own authority
$httpd->expect_log(qr/AH01882|AH01906/);
$site->start;

# Status and body of a request to a tenant, by https with its certificate.
sub request {
    my ($tenant, $path, @words) = @_;
    my $host = "$tenant.example.org";
    open my $curl, '-|', 'curl', '-s', '--noproxy', '*', '--resolve',
        "$host:" . $httpd->port . ':127.0.0.1', '--cacert', "$dir/ssl/certs/$host.pem", '-w',
        "\n%{http_code}", @words, "https://$host:" . $httpd->port . $path
        or die "curl: $!";
    my ($body, $status) = do { local $/; <$curl> }
        =~ /\A(.*)\n(\d+)\z/s;
    return ($status, $body);
}

my %token;
for my $tenant (qw(one two)) {
    my @fields =
        map { ('--data-urlencode', $_) } 'username=ada', "password=correct horse of $tenant";
    my ($status, $body) = request($tenant, '/app_api/user', @fields, '-d', 'smsmobile=07700900123');
    is $status, 201, "$tenant: ada is free";
    my $id = decode_json($body)->{id};
    my $shop = { one => 'First Shop', two => 'Second Shop' }->{$tenant};
    my $code = $httpd->wait_log(qr/SMS to \+447700900123: $shop: your code is (\d+)/);
    ($status) = request($tenant, "/app_api/user/$id/verify", '-d', "code=$code");
    is $status, 200, 'verified by a text with its name';
    ($status, $body) = request($tenant, '/app_api/authenticate', @fields);
    is $status, 200, 'logged in';
    $token{$tenant} = decode_json($body)->{token};
}
for (['one', 'two'], ['two', 'one']) {
    my ($tenant, $other) = @$_;
    my ($status, $body) = request($tenant, '/private/', '-H', "Authorization: $token{$tenant}");
    is "$status $body", "200 page of $tenant\n", "$tenant: its own token";
    ($status) = request($tenant, '/private/', '-H', "Authorization: $token{$other}");
    is $status, 401, "the token of $other: 401";
    ok -s "$dir/db/$tenant.db", 'a database of its own';
}
$site->stop;
done_testing;
